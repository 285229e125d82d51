"""Paths of archive members made safe: relative to the image's root, and never outside it."""


def normal_path(text: str) -> str | None:
    """
    Return *text* without leading or doubled slashes and ``.`` parts; "" for the root itself.

    Returns:
        None where ``..`` would leave the root, or a NUL or an unpaired surrogate's kin hides in it: such a name is
        refused, as container engines refuse it.
    """
    if text[-1:] == "/":
        text = text[:-1]  # nearly every folder is written so, and else as plain as most files
    if "/." not in text and "//" not in text and text[:1] not in (".", "/") and text[-1:] != "/" and "\0" not in text:
        return text
    if "\0" in text:
        return None
    parts: list[str] = []
    for part in text.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
            continue
        parts.append(part)
    return "/".join(parts)
