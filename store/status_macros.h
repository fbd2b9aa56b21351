// Early return on an error, as upstream Abseil has it.

#ifndef DAYBOOK_STORE_STATUS_MACROS_H_
#define DAYBOOK_STORE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Evaluates `expression`, an absl::Status, and returns it if it is an error.
#define DAYBOOK_RETURN_IF_ERROR(expression)                                 \
  do {                                                                      \
    if (absl::Status daybook_status = (expression); !daybook_status.ok()) { \
      return daybook_status;                                                \
    }                                                                       \
  } while (false)

// Evaluates `expression`, an absl::StatusOr, and returns its status if it is
// an error; otherwise gives its value to `target`, which may be a declaration.
// Not for the body of an if without braces.
#define DAYBOOK_ASSIGN_OR_RETURN(target, expression)                     \
  DAYBOOK_ASSIGN_OR_RETURN_(                                             \
      DAYBOOK_STATUS_CONCATENATE_(daybook_status_or_, __LINE__), target, \
      expression)

#define DAYBOOK_ASSIGN_OR_RETURN_(value, target, expression) \
  auto value = (expression);                                 \
  if (!value.ok()) return std::move(value).status();         \
  target = *std::move(value)
#define DAYBOOK_STATUS_CONCATENATE_(a, b) \
  DAYBOOK_STATUS_CONCATENATE_AGAIN_(a, b)
#define DAYBOOK_STATUS_CONCATENATE_AGAIN_(a, b) a##b

#endif  // DAYBOOK_STORE_STATUS_MACROS_H_
