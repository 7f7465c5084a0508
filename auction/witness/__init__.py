"""An independent witness of logs (C2SP tlog-witness): own key, own database, no trading code."""
