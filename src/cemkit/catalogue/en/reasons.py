"""English: the words that people return things with."""

RETURN_REASONS = {  # what customers write when they return something; "…" is room for fillers
    "quality": (
        "quality…problem|quality…issue|problem…quality|issue…quality|poor quality|bad quality|"
        "low quality|quality…bad|quality…poor|poorly made|badly made|defect|defective|faulty|"
        "damage|damaged|broke|broken|torn|ripped|hole|stain|stained|scratch|scratched|crack|"
        "cracked|fell apart|falling apart|stopped working|not…work|not…working"
    ),
    "size": (
        "wrong size|incorrect size|size…wrong|not…right size|too big|too large|too small|"
        "too tight|too loose|too long|too short|too narrow|too wide|not…fit|not…good fit|bad fit|"
        "poor fit|size…big|size…large|size…small|runs…big|runs…large|runs…small"
    ),
    "neither": (  # these look like the ones above
        "took…too long|takes…too long|taking…too long|waited…too long|delivery…too long|"
        "shipping…too long|too long to arrive|too big a|not…work for me|not…work out"
    ),
}

REASON_WORDS = {  # how reasons are read, see promotion/reasons.py
    "fillers": (
        "a an the any is are was were be been has have had its of in with there really very so "
        "quite rather bit little kind obvious visible apparent real major serious single way"
    ),
    "room": "does do did this that my me time took just too",
    "denied": "because find found see seen think think to be",
    "deny": "no not never without none nothing neither nor",
    "or": "or nor and",
}

# What the standard rules for returns give.
RETURN_TERMS = {"apparel": "apparel", "free exchange": "free exchange"}
