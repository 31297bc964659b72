// Shortcuts and popovers. Every page works without this file.

const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

function opened(name) {
  const dialog = document.getElementById(name);
  if (dialog && !dialog.open) dialog.showModal();
}

for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", () => opened(button.dataset.opens));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("find")?.focus();
  } else if (event.key === "?") {
    event.preventDefault();
    opened("keys");
  }
});

// A list of choices closes when one clicks beside it or presses Escape.
const lists = () => document.querySelectorAll("details.choice[open]");
document.addEventListener("click", (event) => {
  for (const list of lists()) if (!list.contains(event.target)) list.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const list of lists()) {
    list.open = false;
    list.querySelector("summary").focus();
  }
});

// What is asked again stays in sight, dimmed, until the answer is there.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("submit", () => {
    const main = document.getElementById("content");
    main.setAttribute("aria-busy", "true");
    setTimeout(() => main.classList.add("slow"), 300);
    for (const field of form.querySelectorAll("input[type=date], input[type=search]")) if (!field.value) field.disabled = true;
  });
}
addEventListener("pageshow", () => {
  const main = document.getElementById("content");
  main.removeAttribute("aria-busy");
  main.classList.remove("slow");
  for (const field of document.querySelectorAll("form.filters input")) field.disabled = false;
});

// What is left empty need not stand in the address.
for (const form of document.querySelectorAll("form[data-lean]")) {
  form.addEventListener("submit", () => {
    for (const row of form.querySelectorAll("tr")) {
      const own = [...row.querySelectorAll("input:not([type=checkbox])")];
      const idle = own.every((field) => !field.value);
      for (const field of own) if (!field.value) field.disabled = true;
      for (const list of row.querySelectorAll("select")) list.disabled = idle;
    }
  });
  addEventListener("pageshow", () => {
    for (const field of form.querySelectorAll("table input, table select")) field.disabled = false;
  });
}

// A file over the limit is refused before it is sent; the server refuses it as well.
for (const field of document.querySelectorAll("input[data-limit]")) {
  field.addEventListener("change", () => {
    const over = [...field.files].some((file) => file.size > Number(field.dataset.limit));
    field.setCustomValidity(over ? field.dataset.over : "");
    field.reportValidity();
  });
}
