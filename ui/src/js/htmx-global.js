// The SSE extension looks for htmx on window.
import htmx from 'htmx.org';

window.htmx = htmx;
