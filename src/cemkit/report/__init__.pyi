from .assembly import CustomerReport as CustomerReport
from .assembly import customer_report as customer_report
