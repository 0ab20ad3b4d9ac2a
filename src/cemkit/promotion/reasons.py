"""Return reasons under one spelling: trimmed, one case and width, simplified Chinese."""

import unicodedata

# The traditional characters in the words that people return things with, each before its
# simplified form.
PAIRS = (
    "質质 問问 題题 適适 碼码 號号 過过 長长 緊紧 鬆松 顏颜 錯错 誤误 發发 貨货 運运 輸输 損损 "
    "壞坏 斷断 殘残 開开 線线 縫缝 漬渍 標标 籤签 說说 實实 際际 圖图 現现 變变 與与 無无 應应 "
    "為为 爲为 舊旧 髒脏 褲裤 爛烂 壓压 聲声 響响 電电 買买 單单 訂订 關关 還还 後后 歡欢 寬宽 "
    "項项 數数 產产 廠厂 檢检 臺台 裝装 價价 貴贵 對对 這这 樣样 個个 異异 針针 絲丝 濕湿 遲迟 "
    "裡里 裏里 沒没 會会 帶带 鈕钮 級级 來来 時时 間间 "
)
_SIMPLIFY = str.maketrans({pair[0]: pair[1] for pair in PAIRS.split()})


def plain_reason(reason: str) -> str:
    """The reason as it is compared: without case, width, punctuation and traditional characters."""
    text = unicodedata.normalize("NFKC", reason).casefold().translate(_SIMPLIFY)
    letters = "".join(c if c.isalnum() or unicodedata.category(c) == "Mn" else " " for c in text)
    return " ".join(letters.split())
