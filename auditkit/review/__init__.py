"""The review: people read, judge, dispute, decide and sign; every act is a line of a log."""
