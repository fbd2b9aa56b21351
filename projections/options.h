// Daybook's options on other people's descriptors.

#ifndef DAYBOOK_PROJECTIONS_OPTIONS_H_
#define DAYBOOK_PROJECTIONS_OPTIONS_H_

namespace daybook {

// `options` with daybook's among them: a descriptor that was read without
// knowing those has them as unknown fields.
template <typename Options>
Options WithKnownExtensions(const Options& options) {
  Options known;
  known.ParsePartialFromString(options.SerializePartialAsString());
  return known;
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_OPTIONS_H_
