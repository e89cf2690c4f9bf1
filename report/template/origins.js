// A mark such as "s17" says where the figure, the table or the text beside it comes from: when it has the focus, below
// the mouse, and, until it is dismissed, when it is clicked. Without scripts, and in print, it is a link to the appendix.
if ("showPopover" in HTMLElement.prototype) {
  const NEAR = 6, LATE = 200; // pixels from the mark, milliseconds for the mouse to get from it to what it says
  const panel = element("div", { id: "origin-panel", class: "origin-panel", popover: "manual", role: "note" });
  const marks = document.querySelectorAll("a.origin");
  let shown = null, pinned = false, leaving = 0;
  if (marks.length) document.body.append(panel);

  const words = (node) => { // links would only be more places for the focus to stop
    const copy = node.cloneNode(true);
    copy.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
    return copy;
  };

  // The entry of the appendix, with what is said there of its chapter and of the studies that it has read.
  function fill(mark) {
    const entry = document.getElementById(mark.hash.slice(1)), head = element("p", {}, ...words(entry).childNodes);
    const like = entry.querySelector(".read a[href^='#origin-']");
    const read = like ? document.getElementById(like.hash.slice(1)).querySelector(".read") : entry.querySelector(".read");
    if (like) head.querySelector(".read").replaceWith(words(read));
    const chapter = entry.parentElement.previousElementSibling;
    const studies = [...read.querySelectorAll("a[href^='#study-']")].map((link) => document.getElementById(link.hash.slice(1)));
    const known = [...chapter.querySelectorAll("span")].map((part) => part.textContent);
    const brief = (study) => { // without what is as in the chapter
      const copy = words(study);
      copy.querySelectorAll("span").forEach((part) => { if (known.includes(part.textContent)) part.remove(); });
      return element("p", {}, ...copy.childNodes);
    };
    const file = element("p", {}, element("b", {}, chapter.previousElementSibling.textContent), ". ", chapter.textContent);
    const more = `The appendix "Sources" has all of them, and the environment.`;
    panel.replaceChildren(head, file, ...studies.map(brief), element("p", {}, more));
  }

  function place(mark) {
    const box = mark.getBoundingClientRect(), above = box.top - 2 * NEAR, below = innerHeight - box.bottom - 2 * NEAR;
    panel.style.maxHeight = `${Math.max(above, below)}px`;
    const { offsetWidth: width, offsetHeight: height } = panel, right = document.documentElement.clientWidth - NEAR;
    panel.style.left = `${Math.max(NEAR, Math.min(box.left, right - width)) + scrollX}px`;
    panel.style.top = `${(height <= below ? box.bottom + NEAR : box.top - NEAR - height) + scrollY}px`;
  }

  function hide() {
    clearTimeout(leaving);
    if (!shown) return;
    panel.hidePopover();
    shown.setAttribute("aria-expanded", "false");
    shown = null;
    pinned = false;
  }

  function show(mark, pin) {
    clearTimeout(leaving);
    if (shown !== mark) {
      hide();
      fill(mark);
      mark.after(panel); // so that it is read next
      panel.showPopover();
      place(mark);
      mark.setAttribute("aria-expanded", "true");
      shown = mark;
    }
    pinned ||= pin;
    const scrolls = pinned && panel.scrollHeight > panel.clientHeight; // by keyboard, too
    panel.tabIndex = scrolls ? 0 : -1;
  }

  const leave = () => { if (!pinned) leaving = setTimeout(hide, LATE); };
  for (const mark of marks) {
    for (const [name, value] of [["role", "button"], ["aria-expanded", "false"], ["aria-controls", panel.id]]) {
      mark.setAttribute(name, value);
    }
    mark.addEventListener("click", (event) => {
      event.preventDefault();
      if (shown === mark && pinned) hide();
      else show(mark, true);
    });
    mark.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault(); // the page would scroll
      mark.click();
    });
    mark.addEventListener("focus", () => show(mark, false));
    mark.addEventListener("blur", (event) => { if (!panel.contains(event.relatedTarget)) hide(); });
    mark.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse" && !pinned) show(mark, false); });
    mark.addEventListener("pointerleave", leave);
  }
  panel.addEventListener("pointerenter", () => clearTimeout(leaving));
  panel.addEventListener("pointerleave", leave);
  panel.addEventListener("pointerdown", () => { pinned = true; }); // to select and copy what it says
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("resize", hide);
  addEventListener("pointerdown", (event) => {
    if (shown && !shown.contains(event.target) && !panel.contains(event.target)) hide();
  });
}
