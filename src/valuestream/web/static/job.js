// Shows how far a job is, and reloads the page when it is over.

const card = document.querySelector("[data-job]");
const bar = card.querySelector("progress");
const told = card.querySelector("[data-told]");

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
    location.reload();
    return;
  }
  if (job.whole) {
    bar.max = job.whole;
    bar.value = job.done;
    told.textContent = `${Math.floor((100 * job.done) / job.whole)} %`;
  }
  setTimeout(look, 500);
}

setTimeout(look, 300);
