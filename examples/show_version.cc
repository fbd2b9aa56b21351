#include <iostream>

#include "daybook/store/version.h"

int main() { std::cout << daybook::VersionDetails() << "\n"; }
