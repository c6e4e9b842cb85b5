/** Line icons on a 16-pixel grid, drawn for this project. Decorative: the control has the name. */

import type { ComponentChildren } from 'preact';

export function icon(paths: ComponentChildren) {
  return ({ size = 16 }: { size?: number }) => (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {paths}
    </svg>
  );
}

export const Eye = icon(
  <>
    <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z" />
    <circle cx="8" cy="8" r="2" />
  </>,
);
export const EyeOff = icon(
  <>
    <path d="M6.3 3.7A6 6 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-1.7 2.2M4.2 5A10.6 10.6 0 0 0 1.5 8S4 12.5 8 12.5a6.2 6.2 0 0 0 3-.8" />
    <path d="m2.5 2.5 11 11" />
  </>,
);
export const ImageKind = icon(
  <>
    <rect x="2" y="2.5" width="12" height="11" rx="2" />
    <path d="m2.5 11.5 3.2-3.3 2.3 2.3 2.2-2.4 3.3 3.4" />
    <circle cx="6" cy="5.9" r=".9" />
  </>,
);
export const LabelsKind = icon(
  <>
    <path d="M5 2.5c1.8-.6 3.7.4 3.8 2.4.1 1.9-1.6 3-3.3 2.9-1.9-.1-3-1.4-2.9-2.9.1-1.2 1-2 2.4-2.4Z" />
    <path d="M11 8.3c1.5 0 2.6 1 2.6 2.5S12.5 13.5 11 13.5s-2.7-1-2.7-2.6S9.5 8.3 11 8.3Z" />
    <path d="M4.3 11.3c.7-.2 1.5.2 1.5 1s-.6 1.2-1.3 1.2-1.3-.4-1.3-1.1.5-1 1.1-1.1Z" />
  </>,
);
export const Link = icon(
  <>
    <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2a2.6 2.6 0 0 0-3.7-3.7l-.8.8" />
    <path d="M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.8-.8" />
  </>,
);
export const PointsKind = icon(
  <>
    <circle cx="4.5" cy="5" r="1.7" />
    <circle cx="11.2" cy="4.3" r="1.7" />
    <circle cx="8" cy="11.5" r="1.7" />
  </>,
);
export const ShapesKind = icon(
  <>
    <path d="M8 2.5 13.5 6.7 11.4 13H4.6L2.5 6.7 8 2.5Z" />
  </>,
);
export const VectorsKind = icon(<path d="M3 13 13 3M7.5 3H13v5.5" />);
export const TracksKind = icon(
  <>
    <path d="M2.5 12.5c1-4 3-5 5-4s4 0 5-4" />
    <circle cx="13" cy="3.7" r="1.2" />
  </>,
);
export const Lock = icon(
  <>
    <rect x="3.5" y="7" width="9" height="6.5" rx="1.5" />
    <path d="M5.5 7V5.2a2.5 2.5 0 0 1 5 0V7" />
  </>,
);
export const Unlock = icon(
  <>
    <rect x="3.5" y="7" width="9" height="6.5" rx="1.5" />
    <path d="M5.5 7V5a2.5 2.5 0 0 1 4.8-1" />
  </>,
);
export const Pen = icon(<path d="M10.5 3 13 5.5 5.5 13H3v-2.5L10.5 3ZM9 4.5 11.5 7" />);
export const Undo = icon(
  <>
    <path d="M6 3 2.8 6.2 6 9.4" />
    <path d="M3 6.2h6.5a3.5 3.5 0 0 1 0 7H7" />
  </>,
);
export const Redo = icon(
  <>
    <path d="m10 3 3.2 3.2L10 9.4" />
    <path d="M13 6.2H6.5a3.5 3.5 0 0 0 0 7H9" />
  </>,
);
export const Trash = icon(
  <path d="M2.8 4.5h10.4M6.3 4.3V3a.7.7 0 0 1 .7-.7h2a.7.7 0 0 1 .7.7v1.3M4.3 4.5l.6 8.2a1 1 0 0 0 1 .9h4.2a1 1 0 0 0 1-.9l.6-8.2M6.7 7v4M9.3 7v4" />,
);
export const More = icon(<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.2" />);
export const Bookmark = icon(<path d="M4.5 2.5h7v11L8 10.7l-3.5 2.8v-11Z" />);
export const Table = icon(
  <>
    <rect x="2.5" y="3" width="11" height="10" rx="1.5" />
    <path d="M2.5 6.5h11M2.5 9.8h11M6.5 6.5V13" />
  </>,
);
export const Cloud = icon(
  <path d="M4.7 12.5a2.7 2.7 0 0 1-.3-5.4 3.8 3.8 0 0 1 7.3-.7 3 3 0 0 1 .1 6.1H4.7Z" />,
);
export const CloudCheck = icon(
  <>
    <path d="M4.7 12.5a2.7 2.7 0 0 1-.3-5.4 3.8 3.8 0 0 1 7.3-.7 3 3 0 0 1 .1 6.1H4.7Z" />
    <path d="m6 9.3 1.4 1.4L10 8.1" />
  </>,
);
export const Check = icon(<path d="m3 8.5 3.2 3L13 4.5" />);
export const Close = icon(<path d="m4 4 8 8m0-8-8 8" />);
export const Plus = icon(<path d="M8 3.5v9M3.5 8h9" />);
export const Minus = icon(<path d="M3.5 8h9" />);
export const Fit = icon(
  <path d="M2.5 6V3.5A1 1 0 0 1 3.5 2.5H6M10 2.5h2.5a1 1 0 0 1 1 1V6M13.5 10v2.5a1 1 0 0 1-1 1H10M6 13.5H3.5a1 1 0 0 1-1-1V10" />,
);
export const Transpose = icon(
  <>
    <path d="M3 5.5h9.5L10 3M13 10.5H3.5L6 13" />
  </>,
);
export const Cube = icon(
  <>
    <path d="M8 1.8 13.5 5v6L8 14.2 2.500 11V5Z" />
    <path d="M2.700 5.100 8 8.200l5.300-3.100M8 8.200v5.800" />
  </>,
);
export const Flat = icon(<rect x="2.5" y="2.5" width="11" height="11" rx="1.5" />);
export const Roll = icon(
  <>
    <path d="M13 8a5 5 0 1 1-1.6-3.7" />
    <path d="M13.2 2.3v2.6h-2.6" />
  </>,
);
export const Down = icon(<path d="m4 6.3 4 3.9 4-3.9" />);
export const Up = icon(<path d="m4 9.8 4-3.9 4 3.9" />);
export const Left = icon(<path d="M9.8 4 5.9 8l3.9 4" />);
export const Right = icon(<path d="m6.3 4 3.9 4-3.9 4" />);
export const PanelLeft = icon(
  <>
    <rect x="2" y="3" width="12" height="10" rx="2" />
    <path d="M6.5 3v10" />
  </>,
);
export const PanelRight = icon(
  <>
    <rect x="2" y="3" width="12" height="10" rx="2" />
    <path d="M9.5 3v10" />
  </>,
);
export const Grip = icon(
  <>
    <path d="M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01" stroke-width="1.8" />
  </>,
);
export const Clock = icon(
  <>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 5v3.2l2 1.3" />
  </>,
);
export const Warn = icon(
  <>
    <path d="M8 2.5 14.2 13H1.8L8 2.5Z" />
    <path d="M8 6.7v2.8M8 11.3v.01" />
  </>,
);
export const Layers = icon(
  <>
    <path d="m8 2.5 6 3-6 3-6-3 6-3Z" />
    <path d="m2 8.5 6 3 6-3" />
    <path d="m2 11.3 6 2.7 6-2.7" opacity=".5" />
  </>,
);
export const Sliders = icon(
  <>
    <path d="M2.5 5h6M12.5 5h1M2.5 11h1M7.5 11h6" />
    <circle cx="10.5" cy="5" r="1.7" />
    <circle cx="5.5" cy="11" r="1.7" />
  </>,
);
export const Pulse = icon(<path d="M1.5 8.5h3l2-5 3 9 2-4h3" />);
export const People = icon(
  <>
    <circle cx="6" cy="5.5" r="2.3" />
    <path d="M1.8 13c.2-2.5 1.9-4 4.2-4s4 1.5 4.2 4" />
    <path d="M10.5 3.5a2.2 2.2 0 0 1 0 4.2M12 9.5c1.4.5 2.2 1.7 2.3 3.5" />
  </>,
);
export const Stage = icon(
  <>
    <rect x="2" y="3" width="12" height="8" rx="1.5" />
    <path d="M5.5 13.5h5" />
  </>,
);
export const Person = icon(
  <>
    <circle cx="8" cy="5.5" r="2.5" />
    <path d="M3.3 13.5c.2-2.7 2-4.3 4.7-4.3s4.5 1.6 4.7 4.3" />
  </>,
);
export const Follow = icon(
  <>
    <path d="M2.5 13.5 6 5l2.5 5 5-7.5" />
    <path d="M10.2 2.5h3.3v3.3" />
  </>,
);
export const Copy = icon(
  <>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
  </>,
);

/** The mark of the product: two lenses that share one focus. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <circle cx="9" cy="12" r="6.6" stroke="var(--accent)" stroke-width="1.8" />
      <circle cx="15" cy="12" r="6.6" stroke="var(--text)" stroke-width="1.8" opacity=".75" />
      <circle cx="12" cy="12" r="1.9" fill="var(--text)" />
    </svg>
  );
}
