/* What pages do beyond htmx: dialogs, menus, and falling back to an ordinary load. Every page
   works without this file. */
(() => {
  "use strict";

  const dialog = document.getElementById("dialog");

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === dialog && !dialog.open) dialog.showModal();
  });
  dialog.addEventListener("close", () => dialog.replaceChildren());
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog && !event.target.closest("[data-close]")) return;
    event.preventDefault();
    dialog.close();
  });

  /* A control that is gone after its part was replaced leaves the focus with the part. */
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === dialog || document.activeElement !== document.body) return;
    document.getElementById(event.detail.target.id)?.querySelector("[tabindex='-1']")?.focus();
  });

  /* An answer that is no part (signed out meanwhile, gone, refused) is shown as a page. */
  const address = (path) => new URL(path, location.href);
  const load = (event) => {
    const { elt, path, triggeringEvent, verb } = event.detail.requestConfig;
    if (!triggeringEvent) return; // nobody pressed anything, and something may be half written
    if (verb === "get") location.assign(path);
    else elt.submit();
  };
  document.addEventListener("htmx:responseError", load);
  document.addEventListener("htmx:sendError", load);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (address(xhr.responseURL).pathname === address(requestConfig.path).pathname) return;
    event.detail.shouldSwap = false;
    if (requestConfig.triggeringEvent) location.assign(xhr.responseURL);
  });

  const close = (event) => {
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (event.type === "click" && menu.contains(event.target)) continue;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  };
  document.addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(event);
  });
})();
