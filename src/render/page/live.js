// Keeps the page of a run up to date while it runs. Without it the page asks again by itself.
(() => {
  const events = document.querySelector("main")?.dataset.events;
  if (!events) return;
  const source = new EventSource(events + location.search);
  const refresh = async () => {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    if (!document.querySelector("main").dataset.events) source.close();
  };
  // A stream that is refused stays closed: then the page asks again by itself, as it would without scripts.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
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
