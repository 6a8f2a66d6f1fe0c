// Large text, remembered on this device. Runs before the page is drawn, so that nothing jumps.
"use strict";

(() => {
  const root = document.documentElement;

  function remembered() {
    try {
      return localStorage.getItem("size") === "large";
    } catch {
      return false; // storage is switched off
    }
  }

  function show(large) {
    root.classList.toggle("large", large);
    const button = document.getElementById("size");
    if (button) button.setAttribute("aria-pressed", String(large));
  }

  function toggle() {
    const large = !root.classList.contains("large");
    show(large);
    try {
      localStorage.setItem("size", large ? "large" : "normal");
    } catch {
      // then it holds for this page only
    }
  }

  show(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("size");
    button.hidden = false;
    button.addEventListener("click", toggle);
    show(root.classList.contains("large"));
  });
})();
