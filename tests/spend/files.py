# ruff: noqa: E501 (the lines are as the ad systems write them)
"""Files of costs as the ad systems export them; the figures are invented."""

DAILY = """Campaign report
"July 8, 2025 - July 9, 2025"
Campaign status,Campaign,Budget,Budget name,Status,Campaign type,Day,Currency code,Avg. CPM,Impr.,Clicks,Avg. cost,Cost,Conv. rate,Conversions
Enabled,Brand,25.00, --,Eligible,Search,2025-07-08,USD,50.85,"25,881",310,4.24,"1,316.14",4.10%,12.00
Enabled,Total Wine,10.00, --,Eligible,Search,2025-07-08,USD,11.20,900,45,0.22,10.08,0.00%,0.00
Enabled,Brand,25.00, --,Eligible,Search,2025-07-09,USD,40.00,"1,000",30,1.33,40.00, --,0.00
Paused,Old, --, --,Paused,Display,2025-07-09,USD, --,0,0, --,0.00, --,0.00
Total: Campaigns, --, --, --, --, --, --,USD,49.20,"27,781",385,3.55,"1,366.22",3.10%,12.00
Total: Account, --, --, --, --, --, --,USD,49.20,"27,781",385,3.55,"1,366.22"
Total: Search
"""

# As it comes when nobody adds the column "Day": one row per campaign for the whole range.
WHOLE_RANGE = """Campaign report
"July 1, 2025 - July 3, 2025"
Campaign status,Campaign,Budget,Currency code,Impr.,Clicks,Cost
Enabled,Brand,25.00,EUR,"1,000",10,100.00
Enabled,Shoes,5.00,EUR,100,2,0.05
Total: Campaigns, --, --,EUR,"1,100",12,100.05
"""

GERMAN = """Kampagnenbericht
"1. Juli 2025 – 31. Juli 2025"
Kampagnenstatus,Kampagne,Tag,Währungscode,Impr.,Klicks,Kosten
Aktiv,Marke,08.07.2025,EUR,"25.881",310,"1.316,14"
Aktiv,Schuhe,09.07.2025,EUR,"1.000",30,"2,50"
Gesamt: Konto, --, --,EUR,"26.881",340,"1.318,64"
"""

FRENCH = """Rapport sur les campagnes
1 juillet 2025 - 31 juillet 2025
État de la campagne;Campagne;Jour;Devise;Impr.;Clics;Coût
Activée;Marque;8 juil. 2025;EUR;25\u00a0881;310;1\u202f316,14
Total\u00a0: campagnes; --; --;EUR;25\u00a0881;310;1\u00a0316,14
"""

GENERIC = """date,source,medium,campaign,campaign_id,adgroup,adgroup_id,ad,ad_id,keyword,device,currency,cost,clicks,impressions,vat_included,account
2025-07-08,facebook,cpc,Summer,120001,,,,,,mobile,EUR,12.34,10,1000,no,
2025-07-08,leaflet,offline,,,,,,,,,EUR,500,,,,
2025-07-09,facebook,cpc,Summer,120001,,,,,,mobile,EUR,7.66,5,400,no,
"""

WITH_BAD_ROWS = """date,source,campaign,currency,cost,clicks
2025-07-08,facebook,Good,EUR,10.00,1
yesterday,facebook,No day,EUR,10.00,1
2025-07-08,facebook,No cost,EUR,--,1
2025-07-08,facebook,Words,EUR,ten,1
2025-07-08,,,EUR,10.00,1
2025-07-08,facebook,No money,,10.00,1
2025-07-08,facebook,Strange money,XQZ,10.00,1
2025-07-08,facebook,Short
2025-07-08,facebook,Long,EUR,10.00,1,2,3
2025-07-08,facebook,Half a click,EUR,10.00,1.5
2025-07-08,facebook,"Open,EUR,10.00,1
2025-07-09,facebook,"Also, good",EUR,5.50,1
"""
