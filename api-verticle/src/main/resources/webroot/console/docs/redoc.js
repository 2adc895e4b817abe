// The logo and the fonts of Redoc come from elsewhere by default: the page works offline.
window.Redoc.init(
  '/openapi.json',
  {
    hideDownloadButton: false,
    disableSearch: false,
    theme: {
      typography: { fontFamily: 'system-ui, sans-serif', headings: { fontFamily: 'system-ui, sans-serif' } },
    },
  },
  document.getElementById('docs')
);
