/** Icons of the tools, on the same grid as the others. */

import type { Tool } from '../core/tools/names';
import { icon } from './icons';

const dot = (cx: number, cy: number) => (
  <circle cx={cx} cy={cy} r="1.35" fill="currentColor" stroke="none" />
);

export const TOOL_ICONS: Readonly<Record<Tool, ReturnType<typeof icon>>> = {
  pan: icon(
    <path d="M5.6 8.6V4.2a1 1 0 0 1 2 0v3.3-4.3a1 1 0 0 1 2 0v4.3-3.500a1 1 0 0 1 2 0v3.9-2a1 1 0 0 1 2 0v3.600c0 2.7-1.7 4.5-4.2 4.5-2 0-3-.8-4-2.300L3.3 9.400c-.8-1.3.8-2.2 1.6-1.300l.7.8" />,
  ),
  select: icon(<path d="M3.5 2.5 13 6.4 8.9 8l-1.7 4.300L3.5 2.500Z" />),
  points: icon(
    <>
      {dot(4.5, 5)}
      {dot(11, 4)}
      {dot(7.5, 11.5)}
    </>,
  ),
  line: icon(
    <>
      <path d="M3.5 12.5 12.5 3.5" />
      {dot(3.5, 12.5)}
      {dot(12.5, 3.5)}
    </>,
  ),
  polyline: icon(
    <>
      <path d="M2.7 12 6 5.500l4.3 5L13.3 4" />
      {dot(6, 5.5)}
      {dot(10.3, 10.5)}
    </>,
  ),
  path: icon(<path d="M2.5 11.500c2-6 4.5-8 6-6.500s-2.5 5-1 6 4-2 6-5" />),
  vector: icon(<path d="M3 13 13 3M7.5 3H13v5.5" />),
  track: icon(
    <>
      <path d="M3 12.500c1-4 3-1 4.500-4S11 7 13 3.500" stroke-dasharray="2 2" />
      {dot(3, 12.5)}
      {dot(7.5, 8.5)}
      {dot(13, 3.5)}
    </>,
  ),
  polygon: icon(<path d="M8 2.5 13.5 6.7 11.4 13H4.600L2.5 6.7 8 2.500Z" />),
  rectangle: icon(<rect x="2.5" y="4" width="11" height="8" rx=".6" />),
  ellipse: icon(<ellipse cx="8" cy="8" rx="5.8" ry="4.3" />),
  text: icon(<path d="M3.5 4.800V3.500h9v1.300M8 3.500v9M6.3 12.500h3.4" />),
  ruler: icon(
    <>
      <path d="M2 10.8 10.8 2 14 5.2 5.2 14 2 10.800Z" />
      <path d="m4.9 7.9 1.3 1.300M7 5.800l1.9 1.900M9.1 3.7 10.4 5" />
    </>,
  ),
  angle: icon(
    <>
      <path d="M12 3.5 3 12.500h10.5" />
      <path d="M8.7 7a6 6 0 0 1 2.1 5.3" />
    </>,
  ),
  area: icon(
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx=".6" />
      <path d="m3 8 5-5M3 13 13 3M8 13l5-5" opacity=".6" />
    </>,
  ),
  statistics: icon(<path d="M2.5 13.500h11M4.5 11V8M8 11V3.500M11.5 11V6" />),
  brush: icon(
    <>
      <path d="M13.5 2.500c-3 1-6 4-7 6l1.5 1.500c2-1 4.7-4 5.5-7.500Z" />
      <path d="M6.2 9.400c-1.8-.2-2.4 1-2.5 2.2-.1.9-.6 1.4-1.5 1.7 2.2.8 4.9.2 5.4-2" />
    </>,
  ),
  erase: icon(
    <>
      <path d="M6.3 13 2.7 9.400a1 1 0 0 1 0-1.400L8 2.700a1 1 0 0 1 1.4 0l3.9 3.900a1 1 0 0 1 0 1.400L8.3 13h-2Z" />
      <path d="m5.3 5.4 5.3 5.300M6.3 13h7.2" />
    </>,
  ),
  fill: icon(
    <>
      <path d="m7.3 3.2 5 5-4.6 4.600a1 1 0 0 1-1.4 0L2.7 9.200a1 1 0 0 1 0-1.400l4.6-4.600ZM5.5 1.500l1.8 1.700M2.5 8.500h9.5" />
      <path d="M13.6 10.500c.9 1.2 1.1 2.7 0 2.700s-.9-1.5 0-2.700Z" fill="currentColor" />
    </>,
  ),
  pick: icon(
    <>
      <path d="m9 4.5 2.5 2.500M8.3 5.2 3.5 10v2.500H6l4.8-4.8" />
      <path d="m9.7 6.3 2-2.600c.7-.9 1.6-1.2 2.2-.6s.3 1.5-.6 2.200l-2.6 2" />
    </>,
  ),
  laser: icon(
    <>
      <circle cx="8" cy="8" r="1.6" fill="currentColor" stroke="none" />
      <path d="M8 2v2.300M8 11.700V14M2 8h2.300M11.7 8H14M3.8 3.800l1.6 1.600M10.6 10.600l1.6 1.600M12.2 3.800l-1.6 1.600M5.4 10.600l-1.6 1.6" />
    </>,
  ),
};
