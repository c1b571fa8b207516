// Starts Swagger UI on /docs; a file of its own because the page's policy allows no script in the page.
window.ui = SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
