def test_an_officer_signs_in_and_finds_the_desk(client_as, published_lot):
    page = client_as("drafter").get("/office/")
    assert page.status_code == 200
    assert client_as("approver").get("/office/").status_code == 200
