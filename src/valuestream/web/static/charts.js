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
  image.src = at(plot.dataset.picture);
  plot.replaceChildren(image);
}

async function draw(plot) {
  plot.setAttribute("aria-busy", "true");
  try {
    loading ??= import(library);
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
