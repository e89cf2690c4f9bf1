// Before anything is drawn: a page that turns dark a moment later flashes.
document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
