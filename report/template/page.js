// One button folds or unfolds all code; without scripts every block still has its own.
const button = document.getElementById("all-code");
button.addEventListener("click", () => {
  const open = button.getAttribute("aria-pressed") !== "true";
  document.querySelectorAll("details.code").forEach((block) => { block.open = open; });
  button.setAttribute("aria-pressed", String(open));
  button.textContent = open ? "Hide all code" : "Show all code";
});
