// The queue by keys: j and k move, y accepts, n rejects. The forms work without it.
const cards = [...document.querySelectorAll(".card")];
let at = 0;

function go(place) {
  if (place < 0 || place >= cards.length) return;
  cards[at]?.classList.remove("at");
  at = place;
  cards[at].classList.add("at");
  cards[at].focus({ preventScroll: true });
  cards[at].scrollIntoView({ block: "center" });
}

async function judge(card, judgement) {
  const form = card.querySelector("form.judge");
  if (!form || card.dataset.judged || card.dataset.busy || !form.querySelector(`button[value=${judgement}]`)) return;
  card.dataset.busy = "1";
  const done = card.querySelector(".done");
  const given = new FormData(form);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-Review-Token": given.get("csrf") },
      body: JSON.stringify({ id: given.get("id"), judgement, reason: given.get("reason") }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${said.detail} ${said.remedy ?? ""}`);
    card.dataset.judged = judgement;
    card.classList.add(judgement);
    done.textContent = form.querySelector(`button[value=${judgement}]`).textContent + " ✓";
    if (cards[at] === card) go(at + 1);
  } catch (error) {
    done.textContent = error.message;
  } finally {
    delete card.dataset.busy;
  }
}

for (const card of cards) {
  card.addEventListener("submit", (event) => {
    event.preventDefault();
    judge(card, event.submitter.value);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  if (event.key === "j") go(at + 1);
  else if (event.key === "k") go(at - 1);
  else if (event.key === "y" && cards[at]) judge(cards[at], "accepted");
  else if (event.key === "n" && cards[at]) judge(cards[at], "rejected");
});
