def table(): return []
TEXT=""
