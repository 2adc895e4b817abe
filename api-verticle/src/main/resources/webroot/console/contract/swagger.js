// Swagger UI: the contract to try out.

export const SCRIPT = '/vendor/swagger-ui/swagger-ui-bundle.js';
/** Of the root, where the page is dark. */
export const DARK = 'dark-mode';
/** What is missing in its elements for those who don't see them, or have no mouse. */
export const MENDS = [
  ['#servers:not([aria-label])', e => { e.ariaLabel = 'Server'; }],
  ['pre.microlight:not([tabindex])', e => { e.tabIndex = 0; }],
];

export function show(element) {
  const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/vendor/swagger-ui/swagger-ui.css' });
  document.head.append(style);
  // No validator and no other outside address: the page works offline.
  window.SwaggerUIBundle({
    url: '/openapi.json',
    domNode: element,
    deepLinking: true,
    validatorUrl: null,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    // A link inside of a button can't be reached without a mouse; the button alone changes the address as well.
    plugins: [({ React }) => ({ components: { DeepLink: ({ text }) => React.createElement('span', {}, text) } })],
  });
}
