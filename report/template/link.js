// What a reader sees of a widget, as a link: `#lab?lr=0.01&hidden=64`. It stays in this page, nothing is asked for.

// Make the button that copies such a link. `state()` returns a flat object; `restore(values)`, whose values are
// strings, takes what it understands of one, when the page opens with such an address or the address changes to it.
function link(stage, name, state, restore) {
  const read = () => {
    const [target, query] = location.hash.slice(1).split(/\?(.*)/s);
    if (target !== name || query === undefined) return;
    restore(Object.fromEntries(new URLSearchParams(query)));
    stage.closest("figure").scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", read);
  queueMicrotask(read); // when the widget is made
  const button = element("button", { type: "button", class: "link" }, "Copy link");
  button.addEventListener("click", async () => {
    const address = new URL(location.href);
    address.hash = `${name}?${new URLSearchParams(state())}`;
    history.replaceState(null, "", address);
    button.textContent = (await copy(address.href)) ? "Copied" : "It is in the address";
    setTimeout(() => { button.textContent = "Copy link"; }, 1500);
  });
  return button;
}
