// Course subscriptions (https://dcb.events/examples/course-subscriptions): a
// course has only so many places, and a student takes only so many courses. One
// rule is the course's, the other the student's; the decision rests on both.

#ifndef DAYBOOK_EXAMPLES_DCB_COURSE_SUBSCRIPTIONS_H_
#define DAYBOOK_EXAMPLES_DCB_COURSE_SUBSCRIPTIONS_H_

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "daybook/replay/transact.h"
#include "examples/dcb/events.pb.h"

namespace example::dcb {

inline constexpr int kCoursesPerStudentMax = 5;

struct Subscriptions {
  using State = v1::SubscriptionState;
  using Events = daybook::EventSet<v1::CourseDefined, v1::CourseCapacityChanged,
                                   v1::StudentSubscribed>;
  static constexpr int kRevision = 1;

  static void Evolve(State& state, const v1::CourseDefined& defined) {
    (*state.mutable_capacities())[defined.course()] = defined.capacity();
  }
  static void Evolve(State& state, const v1::CourseCapacityChanged& changed) {
    (*state.mutable_capacities())[changed.course()] = changed.capacity();
  }
  static void Evolve(State& state, const v1::StudentSubscribed& subscribed) {
    ++(*state.mutable_students_of_course())[subscribed.course()];
    (*state.mutable_courses_of_student())[subscribed.student()].add_courses(
        subscribed.course());
  }
};

// Decides whether `student` may take part in `course`.
inline auto Subscribe(const std::string& student, const std::string& course) {
  return [=](const v1::SubscriptionState& state,
             daybook::EmitTo<Subscriptions>& emit) -> absl::Status {
    const auto capacity = state.capacities().find(course);
    if (capacity == state.capacities().end()) {
      return absl::NotFoundError("there is no such course");
    }
    const auto students = state.students_of_course().find(course);
    if (students != state.students_of_course().end() &&
        students->second >= capacity->second) {
      return absl::ResourceExhaustedError("the course is full");
    }
    const auto taken = state.courses_of_student().find(student);
    if (taken != state.courses_of_student().end()) {
      const auto& courses = taken->second.courses();
      if (std::find(courses.begin(), courses.end(), course) != courses.end()) {
        return absl::AlreadyExistsError("the student has subscribed already");
      }
      if (courses.size() >= kCoursesPerStudentMax) {
        return absl::ResourceExhaustedError("the student has enough courses");
      }
    }
    v1::StudentSubscribed subscribed;
    subscribed.set_student(student);
    subscribed.set_course(course);
    emit("student-" + student, subscribed);
    return absl::OkStatus();
  };
}

// The query is all of the course, and all of the student.
inline absl::Status SubscribeStudent(daybook::EventStore& store,
                                     const std::string& student,
                                     const std::string& course) {
  return daybook::Transact<Subscriptions>(
             store,
             {.items = {{.tags = {"course:" + course}},
                        {.tags = {"student:" + student}}}},
             Subscribe(student, course), {.attempts = 100})
      .status();
}

}  // namespace example::dcb

#endif  // DAYBOOK_EXAMPLES_DCB_COURSE_SUBSCRIPTIONS_H_
