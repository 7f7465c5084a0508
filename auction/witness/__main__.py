"""`python -m auction.witness`: the witness without the rest of the system."""

from auction.witness.commands import witness

if __name__ == "__main__":
    witness(prog_name="python -m auction.witness")
