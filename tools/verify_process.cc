#include "tools/verify_process.h"

#include <sys/resource.h>

#include <array>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "daybook/store/errors.h"
#include "store/head_file.h"
#include "store/out_of_memory.h"
#include "store/status_macros.h"
#include "tools/child_process.h"
#include "tools/exit_code.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

std::optional<TreeState> ParseTree(absl::string_view size,
                                   absl::string_view root) {
  TreeState tree;
  const std::optional<audit::Hash> hash =
      audit::Hash::FromBytes(absl::HexStringToBytes(root));
  if (!absl::SimpleAtoi(size, &tree.size) || !hash.has_value()) {
    return std::nullopt;
  }
  tree.root = *hash;
  return tree;
}

// The worker has read it as one.
KeptTreeHead KeptOf(const std::string& text) {
  return ParseKeptHead(text).value_or(KeptTreeHead{.text = text});
}

// The fields of a line that the worker prints, with texts in base64.
class Fields {
 public:
  explicit Fields(absl::string_view line) : left_(absl::StrSplit(line, ' ')) {}

  std::string Next() { return next_ < left_.size() ? left_[next_++] : ""; }
  std::string Text() {
    std::string text;
    absl::Base64Unescape(Next(), &text);
    return text;
  }
  uint64_t Number() { return OptionalNumber().value_or(0); }
  // "-": none.
  std::optional<uint64_t> OptionalNumber() {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(Next(), &number)) return std::nullopt;
    return number;
  }
  std::optional<Position> OptionalPosition() {
    const std::optional<uint64_t> number = OptionalNumber();
    if (!number.has_value()) return std::nullopt;
    return Position(*number);
  }
  bool Flag() { return Number() != 0; }

 private:
  std::vector<std::string> left_;
  size_t next_ = 0;
};

std::string PositionText(const std::optional<Position>& position) {
  return position.has_value() ? Concat(position->value()) : "-";
}

DeclaredRemoval RemovalOf(Fields fields) {
  DeclaredRemoval removal;
  removal.position = Position(fields.Number());
  removal.declared_at =
      absl::FromUnixMicros(static_cast<int64_t>(fields.Number()));
  removal.user = fields.Text();
  removal.command = fields.Text();
  removal.reason = fields.Text();
  removal.is_dropped_tail = fields.Flag();
  removal.fits = fields.Flag();
  removal.kept = Position(fields.Number());
  removal.acknowledged = fields.OptionalPosition();
  removal.readable_count = fields.Number();
  return removal;
}

std::string RemovalLines(const DeclaredRemoval& removal) {
  std::string lines = Concat(
      "removal ", removal.position.value(), " ",
      absl::ToUnixMicros(removal.declared_at), " ",
      absl::Base64Escape(removal.user), " ",
      absl::Base64Escape(removal.command), " ",
      absl::Base64Escape(removal.reason), " ", int{removal.is_dropped_tail},
      " ", int{removal.fits}, " ", removal.kept.value(), " ",
      PositionText(removal.acknowledged), " ", removal.readable_count, "\n");
  for (const DroppedHead& head : removal.heads) {
    lines += Concat("dropped ", int{head.is_proven}, " ",
                    absl::Base64Escape(head.kept.text), "\n");
  }
  return lines;
}

std::string IndexLines(const VerifiedIndex& index) {
  std::string lines =
      Concat("index ", int{index.exists}, " ", index.watermark.value(), "\n");
  if (index.difference.has_value()) {
    const IndexDifference& difference = *index.difference;
    lines += Concat("difference ", static_cast<int>(difference.part), " ",
                    PositionText(difference.position), " ",
                    absl::Base64Escape(difference.expected), " ",
                    absl::Base64Escape(difference.found), "\n");
  }
  return lines;
}

VerifiedIndex& IndexOf(VerifiedStore& verified) {
  if (!verified.index.has_value()) verified.index.emplace();
  return *verified.index;
}

// What the worker said so far.
class Report {
 public:
  explicit Report(CommandContext& context) : context_(context) {}

  void TakeLine(std::string_view line) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(ToAbsl(line), absl::MaxSplits(' ', 1));
    const auto& [what, rest] = parts;
    const std::pair<std::string, std::string> fields =
        absl::StrSplit(rest, absl::MaxSplits(' ', 1));
    if (what == "progress") {
      ShowProgress(fields.first, fields.second);
    } else if (what == "store") {
      verified_.store_id = rest;
    } else if (what == "tree") {
      Fields tree_fields(rest);
      const std::string size = tree_fields.Next();
      if (auto tree = ParseTree(size, tree_fields.Next())) {
        verified_.tree = *tree;
        verified_.from = Position(tree_fields.Number());
        complete_ = true;
      }
    } else if (what == "removal") {
      verified_.removals.push_back(RemovalOf(Fields(rest)));
    } else if (what == "dropped" && !verified_.removals.empty()) {
      Fields dropped(rest);
      const bool is_proven = dropped.Flag();
      verified_.removals.back().heads.push_back(
          {KeptOf(dropped.Text()), is_proven});
    } else if (what == "explained") {
      TakeExplained(Fields(rest));
    } else if (what == "index") {
      Fields index(rest);
      IndexOf(verified_).exists = index.Flag();
      IndexOf(verified_).watermark = Position(index.Number());
    } else if (what == "anchor") {
      verified_.anchor_is_damaged = Fields(rest).Flag();
    } else if (what == "difference") {
      Fields difference(rest);
      IndexDifference& said = IndexOf(verified_).difference.emplace();
      said.part = static_cast<IndexDifference::Part>(difference.Number());
      said.position = difference.OptionalPosition();
      said.expected = difference.Text();
      said.found = difference.Text();
    } else if (what == "producers") {
      Fields counts(rest);
      verified_.producers = {counts.Number(), counts.Number(), counts.Number()};
    } else if (what == "head") {
      std::string text;
      absl::Base64Unescape(fields.second, &text);
      if (fields.first == "table") {
        verified_.table.push_back(KeptOf(text));
      } else {
        verified_.head_file = KeptOf(text);
      }
    } else if (what == "error") {
      int code = 0;
      if (absl::SimpleAtoi(fields.first, &code)) {
        status_ =
            absl::Status(static_cast<absl::StatusCode>(code), fields.second);
      }
    }
  }

  // `ended`: how the process did, which had so much memory.
  absl::StatusOr<VerifiedStore> Finish(const absl::Status& ended,
                                       std::optional<int> exit_status,
                                       uint64_t memory_bytes_max) {
    progress_.reset();
    if (exit_status == kOutOfMemoryStatus) {
      return absl::ResourceExhaustedError(Concat(
          "the process that reads the store may take ", Bytes(memory_bytes_max),
          " of address space, and that was not enough: raise --memory-max. "
          "Nothing is known of the store"));
    }
    DAYBOOK_RETURN_IF_ERROR(status_);
    if (Interrupted()) return InterruptedError();
    if (complete_ && ended.ok()) return std::move(verified_);
    return EngineDiedError(Concat(
        "the storage engine died while it read the store, which it does on "
        "files that are damaged: ",
        std::string(ended.message())));
  }

 private:
  void TakeExplained(Fields fields) {
    ExplainedHead explained;
    explained.removal = fields.Number();
    explained.is_proven = fields.Flag();
    auto head = ParseHeadArgument(fields.Text());
    if (!head.ok() || explained.removal >= verified_.removals.size()) return;
    explained.head = *std::move(head);
    verified_.explained.push_back(std::move(explained));
  }

  void ShowProgress(absl::string_view at, absl::string_view head) {
    uint64_t done = 0;
    uint64_t total = 0;
    if (!absl::SimpleAtoi(at, &done) || !absl::SimpleAtoi(head, &total)) return;
    if (!progress_.has_value()) progress_.emplace(context_, "verify", total);
    progress_->Update(done);
  }

  CommandContext& context_;
  std::optional<Progress> progress_;
  VerifiedStore verified_;
  bool complete_ = false;
  absl::Status status_;
};

std::vector<std::string> ArgumentsOf(const VerifyRequest& request,
                                     const CommandContext& context) {
  std::vector<std::string> arguments = {
      context.executable, "--store",
      context.store_path, "audit",
      "verify",           "--worker",
      "--memory-max",     Concat(request.memory_bytes_max)};
  if (!request.events) arguments.emplace_back("--hashes-only");
  if (request.indexes) arguments.emplace_back("--deep");
  const auto add = [&](const std::string& option,
                       const VerifyOptions::Head& head) {
    arguments.push_back(option);
    arguments.push_back(HeadArgument(head));
  };
  if (request.since.size > 0) add("--worker-since", {"", request.since});
  for (const VerifyOptions::Head& head : request.heads) {
    add("--worker-head", head);
  }
  return arguments;
}

VerifyOptions OptionsOf(const VerifyRequest& request) {
  VerifyOptions options;
  options.events = request.events;
  options.indexes = request.indexes;
  options.since = request.since;
  options.heads = request.heads;
  return options;
}

absl::StatusOr<VerifiedStore> VerifyHere(const VerifyRequest& request,
                                         CommandContext& context) {
  std::optional<Progress> progress;
  VerifyOptions options = OptionsOf(request);
  options.progress = [&](Position at, Position head) {
    if (!progress.has_value())
      progress.emplace(context, "verify", head.value());
    progress->Update(at.value());
    return !Interrupted();
  };
  absl::StatusOr<VerifiedStore> verified =
      VerifyStore(context.store_path, options);
  return Interrupted() ? InterruptedError() : std::move(verified);
}

// What the kernel says of this process's address space: "VmSize:", or the most
// that it was, "VmPeak:". 0 where it says nothing.
uint64_t AddressBytes(absl::string_view field) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    absl::string_view value = line;
    uint64_t kibibytes = 0;
    if (absl::ConsumePrefix(&value, field) &&
        absl::ConsumeSuffix(&value, "kB") &&
        absl::SimpleAtoi(absl::StripAsciiWhitespace(value), &kibibytes)) {
      return kibibytes * 1024;
    }
  }
  return 0;
}

// Whether this process came so near to what it may take that an error may be
// of that: libraries in C say of memory that they lack whatever they like.
bool MemoryWasShort(uint64_t memory_bytes_max) {
  constexpr uint64_t kNear = 64 << 20;
  return memory_bytes_max > 0 &&
         AddressBytes("VmPeak:") + kNear > memory_bytes_max;
}

void LimitThisProcess(uint64_t memory_bytes_max) {
  // A dump of a process that died of a store is a copy of parts of it.
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (memory_bytes_max == 0) return;
  EndWhenOutOfMemory();
  // A stack that can't grow is no error that anything could tell from a crash.
  constexpr uint64_t kStackBytes = 8 << 20;
  if (AddressBytes("VmSize:") + kStackBytes > memory_bytes_max) {
    EndOutOfMemory();
  }
  const rlimit memory = {memory_bytes_max, memory_bytes_max};
  setrlimit(RLIMIT_AS, &memory);
}

}  // namespace

std::string HeadArgument(const VerifyOptions::Head& head) {
  return Concat(head.tree.size, ":", head.tree.root.ToHex(), ":", head.name);
}

absl::StatusOr<VerifyOptions::Head> ParseHeadArgument(const std::string& text) {
  const std::vector<std::string> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 2));
  if (parts.size() == 3) {
    if (const auto tree = ParseTree(parts[0], parts[1])) {
      return VerifyOptions::Head{parts[2], *tree};
    }
  }
  return absl::InvalidArgumentError(Concat(Quoted(text), " is no head"));
}

absl::StatusOr<VerifiedStore> VerifyInChild(const VerifyRequest& request,
                                            CommandContext& context) {
  if (context.executable.empty()) return VerifyHere(request, context);
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::unique_ptr<ChildProcess> child,
      ChildProcess::Start(ArgumentsOf(request, context), {}));
  Report report(context);
  std::string text;
  std::array<char, 4096> buffer;
  while (!Interrupted()) {
    DAYBOOK_ASSIGN_OR_RETURN(const size_t count,
                             child->Read(buffer.data(), buffer.size()));
    if (count == 0) break;
    text.append(buffer.data(), count);
    size_t begin = 0;
    for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      report.TakeLine(std::string_view(text).substr(begin, end - begin));
    }
    text.erase(0, begin);
  }
  if (Interrupted()) return InterruptedError();
  const absl::Status ended = child->Wait();
  return report.Finish(ended, child->exit_status(), request.memory_bytes_max);
}

absl::Status RunVerifyWorker(const VerifyRequest& request,
                             CommandContext& context) {
  LimitThisProcess(request.memory_bytes_max);
  Output& out = *context.out;
  VerifyOptions options = OptionsOf(request);
  options.progress = [&](Position at, Position head) {
    out.Write(Concat("progress ", at.value(), " ", head.value(), "\n"));
    out.Flush();
    return !Interrupted() && out.ok();
  };
  const absl::StatusOr<VerifiedStore> verified =
      VerifyStore(context.store_path, options);
  if (!verified.ok()) {
    const bool was_short = MemoryWasShort(request.memory_bytes_max);
    // Damage that was found is told in any case.
    if (was_short && !absl::IsDataLoss(verified.status())) EndOutOfMemory();
    // One line; what it quotes is escaped again where it is shown.
    std::string message =
        absl::StrReplaceAll(verified.status().message(), {{"\n", " "}});
    if (was_short) {
      message += "; memory was short meanwhile: raise --memory-max to be sure";
    }
    out.Write(Concat("error ", static_cast<int>(verified.status().code()), " ",
                     message, "\n"));
    return absl::OkStatus();
  }
  out.Write(Concat("store ", verified->store_id, "\n"));
  const auto write_head = [&](std::string_view where,
                              const KeptTreeHead& kept) {
    out.Write(Concat("head ", where, " ", absl::Base64Escape(kept.text), "\n"));
  };
  for (const KeptTreeHead& kept : verified->table) write_head("table", kept);
  if (verified->head_file.has_value()) write_head("file", *verified->head_file);
  for (const DeclaredRemoval& removal : verified->removals) {
    out.Write(RemovalLines(removal));
  }
  for (const ExplainedHead& explained : verified->explained) {
    out.Write(Concat("explained ", explained.removal, " ",
                     int{explained.is_proven}, " ",
                     absl::Base64Escape(HeadArgument(explained.head)), "\n"));
  }
  if (verified->index.has_value()) {
    out.Write(IndexLines(*verified->index));
  }
  out.Write(Concat("anchor ", int{verified->anchor_is_damaged}, "\n"));
  const ProducerCounts& producers = verified->producers;
  out.Write(Concat("producers ", producers.signed_events, " ",
                   producers.unsigned_events, " ", producers.ignored_events,
                   "\n"));
  out.Write(Concat("tree ", verified->tree.size, " ",
                   verified->tree.root.ToHex(), " ", verified->from.value(),
                   "\n"));
  return absl::OkStatus();
}

}  // namespace daybook::tools
