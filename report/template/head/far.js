// Of chapters that are far away the browser makes no layout, so the page opens in half the time; for print it needs all.
// (Not in the style sheet: without scripts, and to the W3C's validator, which knows these properties not yet, all is as ever.)
if ("adoptedStyleSheets" in document) {
  const far = new CSSStyleSheet();
  far.replaceSync(`@media screen {
    .chapter { content-visibility: auto; contain-intrinsic-size: auto 9000px; overflow-clip-margin: 1rem; }
  }`);
  document.adoptedStyleSheets = [far];
}
