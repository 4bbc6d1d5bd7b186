"""From files of other help desks to rows of tickets."""
