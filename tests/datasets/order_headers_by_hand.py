"""The headers of the sources, as their documentation spells them."""

SMARTSTORE = (
    "상품주문번호 주문번호 구매자명 구매자ID 수취인명 주문상태 수량클레임_여부 결제일 주문일시 "
    "상품번호 상품명 옵션정보 수량 상품가격 최종_상품별_총_주문금액 배송비_묶음번호 배송비_합계 "
    "구매자연락처 수취인연락처1 수취인연락처2 우편번호 통합배송지 정산예정금액"
)
COUPANG = (
    "묶음배송번호 주문번호 주문일 등록상품명 등록옵션명 노출상품ID 옵션ID 업체상품코드 결제액 "
    "구매수(수량) 옵션판매가(판매단가) 구매자 구매자전화번호 수취인이름 수취인전화번호 우편번호 "
    "수취인_주소 배송완료일 구매확정일자"
)
CAFE24 = (
    "주문번호 품목별_주문번호 주문일시 결제일시(입금확인일) 주문_상태 상품코드 상품옵션 수량 "
    "판매가 총_실결제금액(최초정보) 쿠폰_할인금액 실제_환불금액 결제자 주문자_휴대전화"
)
SHOPIFY = (
    "Name Email Financial_Status Paid_at Accepts_Marketing Currency Subtotal Total Discount_Code "
    "Created_at Lineitem_quantity Lineitem_name Lineitem_price Lineitem_sku Billing_Name "
    "Billing_Zip Shipping_Name Shipping_Zip Cancelled_at Refunded_Amount Id Source Phone"
)
WOOCOMMERCE = "Date Order_# N._Revenue_(formatted) Status Customer Product(s) Items_sold Coupon(s)"
AMAZON = (
    "amazon-order-id purchase-date order-status sku asin quantity item-price ship-city "
    "ship-postal-code promotion-ids"
)
SQUARE_TRANSACTIONS = (
    "Date Time Time_Zone Gross_Sales Net_Sales Discounts Partial_Refunds Transaction_ID "
    "Event_Type Customer_ID Customer_Name Customer_Reference_ID"
)
SQUARE_ITEMS = "Item Qty SKU Transaction_ID"
ONLINE_RETAIL = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
ONLINE_RETAIL_II = "Invoice StockCode Description Quantity InvoiceDate Price Customer_ID Country"


def spelled(headers: str) -> list[str]:
    """Give the headers of a list in which _ stands for the space within one."""
    return [name.replace("_", " ") for name in headers.split()]
