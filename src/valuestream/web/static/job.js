// Says what a job does and how far it is, and reloads the page when it is over: not while a field is being filled in.

const card = document.querySelector("[data-job]");
const bar = card.querySelector("progress");
const told = card.querySelector("[data-told]");
const said = card.querySelector(".message");
const filling = () => document.activeElement.matches("main form input, main form select, main form textarea");

async function look() {
  let answer, job;
  try {
    answer = await fetch(card.dataset.job);
    job = await answer.json();
  } catch {
    told.textContent = card.dataset.lost; // it may be starting anew
    setTimeout(look, 3000);
    return;
  }
  if (!answer.ok || ["done", "failed", "cancelled"].includes(job.state)) {
    if (!filling()) {
      location.reload();
      return;
    }
    if (card.textContent !== card.dataset.ready) card.textContent = card.dataset.ready;
    setTimeout(look, 500);
    return;
  }
  if (job.state === "running" && card.dataset.running) said.textContent = card.dataset.running;
  if (job.whole) {
    bar.max = job.whole;
    bar.value = job.done;
    told.textContent = `${Math.floor((100 * job.done) / job.whole)} %`;
  }
  setTimeout(look, 500);
}

setTimeout(look, 300);
