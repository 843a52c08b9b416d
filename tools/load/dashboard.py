"""Drives the dashboard in a headless browser, from dropped photos to the archive, and takes pictures.

Needs the package playwright and a Chromium. Fails on an error in the page's console, a refused
policy, or a step that does not come to its end.
"""

import argparse
import base64
import io
import tempfile
import time
import zipfile

from playwright.sync_api import sync_playwright

from service import Server, photos

DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  const at = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    at.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


def until(page, condition, seconds=60):
    """Waits for a condition in the page. The page's policy forbids what playwright's own wait does."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise SystemExit(f"dashboard: it did not come to {condition}")
        time.sleep(0.05)


def drive(page, base, known, shots, width):
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(base)
    until(page, "document.getElementById('profile').options.length > 1")
    page.screenshot(path=f"{shots}/{width}-empty.png")
    page.select_option("#profile", "amazon-main")
    page.evaluate(DROP, [[name, base64.b64encode(data).decode()] for name, data in known])
    until(page, f"document.querySelectorAll('#grid .card').length === {len(known)}")
    page.screenshot(path=f"{shots}/{width}-running.png")
    page.wait_for_selector("#zip[aria-disabled=false]", timeout=120_000)
    until(page, "[...document.querySelectorAll('#grid img')].every((i) => i.complete && i.naturalWidth)")
    page.screenshot(path=f"{shots}/{width}-done.png", full_page=True)

    # By keyboard: the first photo, its tags, the slider, the next photo, back.
    page.focus("#grid .card")
    page.keyboard.press("Enter")
    page.wait_for_selector("#detail[open] #verdict:not(:empty)")
    until(page, "document.getElementById('after').naturalWidth > 0 && document.getElementById('before').naturalWidth > 0")
    page.focus("#slider")
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    page.fill("#tags", "mug, hand made")
    page.fill("#alt", "A mug on a table")
    page.click("#tags-form button")
    page.wait_for_timeout(500)
    page.screenshot(path=f"{shots}/{width}-detail.png", full_page=True)
    page.click("#next")
    page.wait_for_timeout(500)
    page.keyboard.press("Escape")
    page.wait_for_selector("#detail:not([open])", state="attached")

    with page.expect_download() as waiting:
        page.click("#zip")
    with open(waiting.value.path(), "rb") as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    names = archive.namelist()
    if archive.testzip() or len(names) != len(known) + 2:
        faults.append(f"the archive holds {names}")
    if "mug; hand made" not in archive.read("results.csv").decode():
        faults.append("the edited tags are not in results.csv")

    page.click("#tab-jobs")
    page.wait_for_selector("#job-rows tr")
    page.screenshot(path=f"{shots}/{width}-jobs.png")
    page.focus("#tab-jobs")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#review:not([hidden])")
    page.wait_for_timeout(800)
    page.screenshot(path=f"{shots}/{width}-review.png")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("the page is wider than the window")
    page.goto(base + "/docs")
    page.wait_for_selector("#routes section")
    page.screenshot(path=f"{shots}/{width}-docs.png")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default=".build/release/swiftlet")
    parser.add_argument("--photos", default="examples/photos")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--base", help="the address of a server that runs already")
    parser.add_argument("--shots", default="out")
    arguments = parser.parse_args()
    known = [photo for photo in photos(arguments.photos) if len(photo[1]) < 200_000]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = None
        if not arguments.base:
            server = Server(arguments.binary, f"{folder}/data", f"{folder}/log")
            server.start()
        base = arguments.base or f"http://127.0.0.1:{server.port}"
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        faults = []
        for width, height in ((1280, 900), (390, 844)):
            context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
            faults += [f"{width}: {fault}" for fault in drive(context.new_page(), base, known, arguments.shots, width)]
            context.close()
        browser.close()
        if server:
            server.stop()
        print("\n".join(faults) or "no faults")
        raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
