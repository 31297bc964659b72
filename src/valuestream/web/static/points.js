// The points of a drawn chart by keyboard: arrows go from one to the next, what it says is read out, Enter opens it.

const WORTH = ["symbol", "rect", "arc"];
const ALSO = ["line", "area"];

// Every mark that says something of itself, with its middle in pixels of the canvas.
function walk(mark, x, y, found) {
  for (const item of mark.items ?? []) {
    if (mark.marktype === "group") {
      for (const inner of item.items ?? []) walk(inner, x + (item.x ?? 0), y + (item.y ?? 0), found);
    } else if (item.tooltip && item.bounds) {
      const { x1, x2, y1, y2 } = item.bounds;
      const top = mark.marktype === "rect" ? y1 : (y1 + y2) / 2;
      const place = ALSO.includes(mark.marktype) ? [item.x, item.y] : [(x1 + x2) / 2, top];
      found.push({ kind: mark.marktype, x: x + place[0], y: y + place[1], item });
    }
  }
}

export function points(view) {
  const found = [];
  const [left, top] = view.origin();
  walk(view.scenegraph().root, left, top, found);
  const kinds = found.some((one) => WORTH.includes(one.kind)) ? WORTH : ALSO;
  return found
    .filter((one) => kinds.includes(one.kind))
    .sort((a, b) => a.x - b.x || a.y - b.y);
}

function said(tooltip) {
  if (typeof tooltip !== "object") return String(tooltip);
  return Object.entries(tooltip)
    .map(([name, value]) => (name.trim() ? `${name}: ${value}` : value))
    .join(", ");
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

export function focusable(plot, view) {
  const all = points(view);
  if (!all.length) return;
  const readout = plot.parentElement.querySelector("[data-readout]");
  const ring = Object.assign(document.createElement("div"), { className: "ring", hidden: true });
  plot.append(ring);
  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-roledescription", plot.dataset.kind);
  let at = -1;

  function show(next) {
    at = Math.min(Math.max(next, 0), all.length - 1);
    const { x, y, item } = all[at];
    ring.hidden = false;
    ring.style.left = `${x}px`;
    ring.style.top = `${y}px`;
    readout.textContent = `${said(item.tooltip)} (${at + 1} / ${all.length})`;
  }

  plot.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) show(at < 0 ? 0 : at + STEPS[event.key]);
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(all.length - 1);
    else if (event.key === "Enter" && all[at]?.item.href) location.assign(all[at].item.href);
    else if (event.key === "Escape") plot.onblur();
    else return;
    event.preventDefault();
  };
  plot.onblur = () => {
    ring.hidden = true;
    readout.textContent = "";
    at = -1;
  };
  plot.onfocus = () => {
    readout.textContent = plot.dataset.hint;
  };
}
