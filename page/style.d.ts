// Style sheets that a part imports go into page.css.
declare module '*.css'
