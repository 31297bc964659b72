// Dragging, and a preview while one goes along. Selects and buttons do the same without this file.

const form = document.querySelector("form.mapping");
const preview = form.querySelector("[data-preview]");
form.classList.add("live");
let timer = 0;
let asked = 0;

function put(card, at) {
  const column = form.querySelector(`.column[data-at="${CSS.escape(at)}"]`);
  column?.querySelector("ul").append(card);
  card.querySelector("select[name$='.at']").value = at;
  card.querySelector("select[name$='.kind']").classList.toggle("spare", !/^\d+$/.test(at));
}

async function look() {
  const mine = ++asked;
  preview.setAttribute("aria-busy", "true");
  const body = new FormData(form);
  body.set("do", "preview");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers: { accept: "application/json" } });
    const told = answer.headers.get("content-type").includes("json") ? await answer.json() : null;
    if (mine !== asked || !told) return;
    const lines = told.sentences ?? [told.message, told.hint];
    preview.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  } catch {
    if (mine === asked) preview.textContent = preview.dataset.lost;
  } finally {
    if (mine === asked) preview.removeAttribute("aria-busy");
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, 400);
}

form.addEventListener("change", (event) => {
  if (event.target.matches("select[name$='.at']")) {
    const card = event.target.closest("[data-state]");
    put(card, event.target.value);
    event.target.focus();
  }
  soon();
});

for (const card of form.querySelectorAll("[data-state]")) {
  card.draggable = true;
  card.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    card.classList.add("dragged");
    setTimeout(() => form.classList.add("dragging")); // a card or a select under the pointer must not take the drop
  });
  card.addEventListener("dragend", () => {
    card.classList.remove("dragged");
    form.classList.remove("dragging");
  });
}

for (const column of form.querySelectorAll(".column")) {
  column.addEventListener("dragover", (event) => {
    if (form.querySelector(".dragged")) event.preventDefault();
  });
  column.addEventListener("drop", (event) => {
    const card = form.querySelector(".dragged");
    if (!card) return;
    event.preventDefault();
    put(card, column.dataset.at);
    soon();
  });
}
