// Events of old shapes, read as if they had always been of today's. Deciders
// and projections that name these upcasters know the new shapes only.

#ifndef DAYBOOK_EXAMPLES_SHOP_OLD_SHAPES_H_
#define DAYBOOK_EXAMPLES_SHOP_OLD_SHAPES_H_

#include "daybook/projections/upcaster.h"

namespace shop {

const daybook::Upcasters& OldShapes();

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_OLD_SHAPES_H_
