/**
 * What went wrong with a key, as a code that the page words:
 * insecure_context, storage, network · unknown_key, unknown_signer, bad_statement, enrol_refused ·
 * not_a_pfx, wrong_password, no_key, unsupported_key · bridge_absent, bridge_denied, bridge_fault,
 * no_device, wrong_pin (detail.left: tries that remain, or null), pin_locked, cancelled, timeout.
 * `detail` is what the server or the bridge said besides.
 */
export class SignerError extends Error {
  constructor(code, detail = null) {
    super(code);
    this.name = "SignerError";
    this.code = code;
    this.detail = detail;
  }
}
