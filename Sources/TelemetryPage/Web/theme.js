// The theme before anything is drawn: a white flash in a dark dome costs a person's eyes ten minutes. A classic script, so that it blocks.
(() => {
  let theme = "auto";
  try { theme = JSON.parse(localStorage.getItem("telemetry.settings") ?? "{}").theme; } catch { /* storage is blocked */ }
  if (!["light", "dark", "night"].includes(theme)) theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
})();
