#include "examples/shop/registration.h"

#include "examples/shop/cart.h"
#include "examples/shop/cart_contents.h"
#include "examples/shop/coupon.h"
#include "examples/shop/order.h"
#include "examples/shop/payment.h"
#include "examples/shop/sales.h"
#include "examples/shop/stock.h"

namespace shop {

void RegisterShop(daybook::Registry& registry) {
  registry.AddDecider<Cart>("cart");
  registry.AddDecider<Coupons>("coupons");
  registry.AddDecider<Order>("order");
  registry.AddDecider<Payment>("payment");
  registry.AddDecider<Stock>("stock");
  registry.AddProjection<CartContents>();
  registry.AddProjection<SalesBySkuAndHour>();
}

absl::Status KeepViews(daybook::Views& views) {
  absl::Status added = views.Add<CartContents>(daybook::ViewMode::kInline);
  if (!added.ok()) return added;
  return views.Add<SalesBySkuAndHour>(daybook::ViewMode::kAsync);
}

}  // namespace shop
