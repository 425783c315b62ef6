// Keeps the ages on every page running; without scripts they stand as they were when the page was made.
const skew = Number(document.body.dataset.now) - Date.now() / 1000;

/** Return how long something lasts in its two largest units, as the server writes it. */
export function duration(seconds) {
  let rest = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

export function age() {
  const now = Date.now() / 1000 + skew;
  for (const time of document.querySelectorAll("time[data-t]")) {
    const whole = duration(now - Number(time.dataset.t));
    const text = time.parentElement.id.startsWith("s") ? whole.split(" ", 2).join(" ") : whole; // tiles are small
    if (time.textContent !== text) time.textContent = text;
  }
}

age();
setInterval(age, 1000);

// A page that says so is fetched anew now and then, unless somebody is using it.
const part = document.querySelector("[data-refresh]");
if (part) {
  const again = async () => {
    if (document.hidden || !["BODY", "A"].includes(document.activeElement.tagName)) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-refresh]");
    const shown = document.querySelector("[data-refresh]");
    const where = [...shown.querySelectorAll("a")].indexOf(document.activeElement);
    shown.replaceWith(fresh);
    if (where >= 0) fresh.querySelectorAll("a")[where]?.focus({ preventScroll: true });
  };
  setInterval(again, 1000 * Number(part.dataset.refresh));
}
