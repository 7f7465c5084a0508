"""The desk: what waits for the office, and nothing about bidders."""


def test_an_officer_signs_in_and_finds_the_desk(client_as):
    page = client_as("drafter").get("/office/")
    assert page.status_code == 200
    assert "今日须办" in page.get_data(as_text=True)
