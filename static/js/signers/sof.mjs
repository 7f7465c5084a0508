// The SOF style (the calls of GM/T 0020) as JSON over a WebSocket:
//   -> {"id": 7, "method": "SOF_SignData", "params": {"CertID": "...", "InData": "..."}}
//   <- {"id": 7, "result": "..."} or {"id": 7, "error": {"code": "0x0A000024", "message": "..."}}
//   <- {"event": "SOF_DeviceChanged"}, unasked
// Codes are those of GM/T 0016.

const CODES = {
  "0x0A00000F": "timeout",
  "0x0A000023": "no_device",
  "0x0A000024": "wrong_pin",
  "0x0A000025": "pin_locked",
  "0x0A000026": "wrong_pin",
  // The standard has no code for a PIN window that was closed.
  SOF_CANCELLED: "cancelled",
};
// Without being told, many programs sign RSA over SHA-1, which is refused by the server.
const METHODS = { SM2: 0x00020201, RSA: 0x00010004 };
const USER = "&&&";
const PART = "||";

export const sof = {
  protocols: [],

  encode(id, { method, params }) {
    return JSON.stringify({ id, method, params });
  },

  decode(text) {
    const { id, result, error, event } = JSON.parse(text);
    if (event === "SOF_DeviceChanged") return { changed: true };
    if (!error) return { id, result };
    const code = CODES[error.code] ?? "bridge_fault";
    return { id, error: { code, left: error.retryCount ?? null, message: error.message ?? "" } };
  },

  async keys(ask) {
    const users = await ask("SOF_GetUserList", {});
    const found = [];
    for (const user of users.split(USER).filter(Boolean)) {
      const id = user.slice(user.lastIndexOf(PART) + PART.length);
      found.push({ id, certificate: await ask("SOF_ExportUserCert", { CertID: id }), chain: [] });
    }
    return found;
  },

  version(ask) {
    return ask("SOF_GetVersion", {});
  },

  async sign(ask, { id, algorithm }, text) {
    const method = METHODS[algorithm.replace(/-.*/, "")];
    if (method) await ask("SOF_SetSignMethod", { SignMethod: method });
    try {
      return await ask("SOF_SignData", { CertID: id, InData: text });
    } catch (error) {
      if (error.code === "wrong_pin" && error.detail.left === null) {
        error.detail.left = await ask("SOF_GetPinRetryCount", { CertID: id }).catch(() => null);
      }
      throw error;
    }
  },
};
