// Small comforts on top of pages that work without them: copy buttons, lit text in view, a PNG of the matrix.
for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
}

const lit = document.getElementById("lit");
const rectangle = document.querySelector(".sheet rect");
if (rectangle) rectangle.scrollIntoView({ block: "center" });
if (lit) lit.scrollIntoView({ block: "center" });

for (const link of document.querySelectorAll("a[data-png]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const image = new Image();
    image.addEventListener("load", () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.width * 2;
      canvas.height = image.height * 2;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const save = document.createElement("a");
      save.href = canvas.toDataURL("image/png");
      save.download = link.dataset.png;
      save.click();
    });
    image.src = link.href;
  });
}
