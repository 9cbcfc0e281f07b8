// Tell a page that shows this one beside another what is shown here.
"use strict";

const beside = {
  // Pages from disk have no origin to name; the message holds nothing but what the address shows.
  tell(view) {
    if (window.parent !== window) window.parent.postMessage({ ssimball: "shows", ...view }, "*");
  },
};
