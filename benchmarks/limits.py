def table():
    return []


TEXT = ""
