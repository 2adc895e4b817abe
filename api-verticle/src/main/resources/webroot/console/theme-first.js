// Before the first paint, so that a chosen dark page does not flash white. Not a module: those run too late.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('vap.theme');
  } catch {
    // Without storage the system's choice holds.
  }
  if (theme === 'dark' || theme === 'light') {
    document.documentElement.dataset.theme = theme;
  }
})();
