// A slider beside each number; both say the same.

for (const slider of document.querySelectorAll("input[data-of]")) {
  const number = document.getElementById(slider.dataset.of);
  slider.hidden = false;
  slider.addEventListener("input", () => {
    number.value = slider.value;
  });
  number.addEventListener("input", () => {
    slider.value = number.value;
  });
  slider.addEventListener("change", () => number.form.requestSubmit());
}
for (const choice of document.querySelectorAll("select[data-choice]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
