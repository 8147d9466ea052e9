"""The cases of Q.921 (09/97): one data link connection, TEI management, broadcast, on the line itself."""
