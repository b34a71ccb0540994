// Keeps the page of a run up to date while it runs. Without it the page asks again by itself.
(() => {
  const events = document.querySelector("main")?.dataset.events;
  if (!events) return;
  const source = new EventSource(events);
  const refresh = async () => {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    if (!document.querySelector("main").dataset.events) source.close();
  };
  // One look at a time, and one more when something happened meanwhile.
  let looking = false;
  let again = false;
  source.addEventListener("message", async () => {
    again = true;
    if (looking) return;
    looking = true;
    while (again) {
      again = false;
      await refresh().catch(() => {});
    }
    looking = false;
  });
})();
