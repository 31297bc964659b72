// Draws the charts of a page when they come into sight. The library is loaded once, and only where a chart is.

const plots = [...document.querySelectorAll(".plot[data-spec]")];
const { library, points } = document.querySelector("script[data-library]").dataset;
const dark = matchMedia("(prefers-color-scheme: dark)");
let loading;

function theme() {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}

function at(address) {
  const place = new URL(address, location.href);
  place.searchParams.set("theme", theme());
  return place;
}

function picture(plot) {
  const image = new Image();
  image.alt = "";
  image.addEventListener("error", () => failed(plot));
  image.src = at(plot.dataset.picture);
  plot.replaceChildren(image);
}

// Neither the chart nor its picture came: say so where it would stand, with a way to ask again.
function failed(plot) {
  const told = Object.assign(document.createElement("p"), { textContent: plot.dataset.failed });
  const again = Object.assign(document.createElement("button"), { type: "button", textContent: plot.dataset.again });
  const card = Object.assign(document.createElement("div"), { className: "strip warn" });
  card.setAttribute("role", "alert");
  again.addEventListener("click", () => draw(plot));
  card.append(told, again);
  plot.removeAttribute("role");
  plot.replaceChildren(card);
}

async function draw(plot) {
  plot.setAttribute("aria-busy", "true");
  try {
    loading ??= import(library).catch((wrong) => {
      loading = undefined;
      throw wrong;
    });
    const [answer, { focusable }] = await Promise.all([fetch(at(plot.dataset.spec)), import(points), loading]);
    if (!answer.ok) throw new Error(answer.statusText);
    const host = document.createElement("div");
    plot.replaceChildren(host);
    const { view } = await window.vegaEmbed(host, await answer.json(), {
      ast: true,
      actions: false,
      defaultStyle: false,
      renderer: "canvas",
      tooltip: { disableDefaultStyle: true },
    });
    plot.setAttribute("role", "img");
    focusable(plot, view);
    plot.dataset.drawn = theme();
  } catch (wrong) {
    console.warn("A chart is shown as a picture:", wrong);
    picture(plot);
  } finally {
    plot.removeAttribute("aria-busy");
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  },
  { rootMargin: "400px" },
);
for (const plot of plots) {
  plot.classList.add("waits");
  seen.observe(plot);
}

dark.addEventListener("change", () => {
  for (const plot of plots) if (plot.dataset.drawn && plot.dataset.drawn !== theme()) draw(plot);
});
addEventListener("beforeprint", () => {
  for (const plot of plots) if (!plot.dataset.drawn) draw(plot);
});
