// The page itself: one switch for all code, copies of code, light and dark, contents that follow.
// Without scripts all of it can still be read.
const allCode = document.getElementById("all-code");
allCode.addEventListener("click", () => {
  const open = allCode.getAttribute("aria-pressed") !== "true";
  document.querySelectorAll("details.code").forEach((block) => { block.open = open; });
  allCode.setAttribute("aria-pressed", String(open));
});

const themeButton = document.getElementById("theme");
function setTheme(name) {
  document.documentElement.dataset.theme = name;
  themeButton.textContent = name === "dark" ? "Light page" : "Dark page";
}
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
setTheme(prefersDark.matches ? "dark" : "light");
prefersDark.addEventListener("change", (event) => setTheme(event.matches ? "dark" : "light"));
themeButton.addEventListener("click", () => {
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // not allowed for pages that are opened from disk in some browsers
    const area = element("textarea", { "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

document.querySelectorAll(".highlight").forEach((block) => {
  const button = element("button", { type: "button", class: "copy", "aria-label": "Copy this code" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copy(block.querySelector("pre").textContent)) ? "Copied" : "Not allowed";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.append(button);
});

// What scrolls sideways must be reachable by keyboard. Chapters that are far away have no layout, and get none for this:
// the browser says when one is about to be seen (where it lays out all at once it never does, and all are looked at).
const chapters = [...document.querySelectorAll(".chapter")];
const laidOut = new Set("oncontentvisibilityautostatechange" in document ? [] : chapters);
function makeScrollable(chapter) {
  chapter.querySelectorAll(".equation, .scroll, pre").forEach((box) => {
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible") box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
}
for (const chapter of chapters) {
  chapter.addEventListener("contentvisibilityautostatechange", ({ skipped }) => {
    if (skipped) return laidOut.delete(chapter);
    laidOut.add(chapter);
    return makeScrollable(chapter);
  });
}
const makeAllScrollable = () => laidOut.forEach(makeScrollable);
requestAnimationFrame(makeAllScrollable);
addEventListener("resize", makeAllScrollable);
document.addEventListener("toggle", makeAllScrollable, true);

// The contents mark the section that is being read, and show the sections of its chapter.
const contents = document.querySelector("nav details");
const entries = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
const READ = 120; // pixels from the top: where an entry leads, its heading is above it, and the next one, as a rule, is not
const passed = (boxes) => boxes.filter((box) => box.getBoundingClientRect().top < READ).at(-1) ?? boxes[0];
function follow() {
  const within = passed(chapters); // of the others no heading is asked where it is
  const heads = [...entries.keys()].map((id) => document.getElementById(id)).filter((head) => within.contains(head));
  const current = passed(heads)?.id ?? entries.keys().next().value;
  for (const [id, link] of entries) {
    if (id === current) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
  const chapter = entries.get(current)?.closest("nav > details > ol > li");
  contents.querySelectorAll(".open").forEach((item) => { if (item !== chapter) item.classList.remove("open"); });
  if (chapter && !chapter.classList.contains("open")) {
    chapter.classList.add("open");
    if (getComputedStyle(contents.parentElement).position === "sticky") chapter.scrollIntoView({ block: "nearest" });
  }
}
let waiting = false;
addEventListener("scroll", () => {
  if (!waiting) requestAnimationFrame(() => { waiting = false; follow(); });
  waiting = true;
}, { passive: true });
requestAnimationFrame(follow);

// On a narrow screen the contents start folded, and fold again after a choice.
const narrow = matchMedia("(max-width: 62rem)");
contents.open = !narrow.matches;
narrow.addEventListener("change", () => { contents.open = !narrow.matches; });
contents.addEventListener("click", (event) => { if (narrow.matches && event.target.closest("a")) contents.open = false; });
addEventListener("beforeprint", () => { contents.open = true; });
addEventListener("afterprint", () => { contents.open = !narrow.matches; });
