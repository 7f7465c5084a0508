// The bid panels of the style guide answer to the keyboard as in the hall; nothing is sent.

import { BidField } from "../ui/bidfield.mjs";

for (const form of document.querySelectorAll("[data-bid-field]")) new BidField(form);
